"""Pages: long text in one hand, broken into lines that the network writes one after another."""
