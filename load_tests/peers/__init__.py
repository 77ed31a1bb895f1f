"""Our server beside others on the same machine, in the same run, with the same network. README.md says how."""
