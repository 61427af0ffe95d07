"""`ntm doctor`: looks at every part and setting of a workspace, and says what is wrong and how to mend it. It changes nothing that a reader or a run sees."""
