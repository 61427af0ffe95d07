"""Back-ups of a workspace, and the way back from one."""
