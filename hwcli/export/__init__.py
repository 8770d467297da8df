"""Models as files that write without hw: a page for browsers, and a graph for ONNX runtimes."""
