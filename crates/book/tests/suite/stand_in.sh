#!/bin/sh
# Does what the environment tells Cargo, or the program that runs the blocks, to do.
case $1 in
  build) eval "$STAND_IN_CARGO" ;;
  *) eval "$STAND_IN_BLOCKS" ;;
esac
