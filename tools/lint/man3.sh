#!/bin/sh
# The pages of section 3 are as the headers have it, and each function, type and constant stands on one of them.
exec tools/man3.py --check
