"""`python -m ballast.cli`: the command where no script is installed (the image)."""

from ballast.cli import main

main()
