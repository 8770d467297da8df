"""Parts shared by the commands: flags, checked requests, output."""
