"""How the check's model is made: rows, training, measurement. Needs the extra `train`; users of Teabreak never do."""
