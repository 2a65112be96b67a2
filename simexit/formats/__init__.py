"""How days and moments are written in each language, where Django does it otherwise: its English is
American, and its short days are figures, which Belgians and newcomers read in different orders."""
