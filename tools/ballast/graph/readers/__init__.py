"""What is read into the graph, a kind of thing a file. The chaos experiments of `ballast.chaos` will be one more file here."""
