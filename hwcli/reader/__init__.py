"""Reading ink: the pen's path, a recurrent network in NumPy, and the text that its output spells."""
