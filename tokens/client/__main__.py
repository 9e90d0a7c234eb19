"""`python -m tokens.client`, and what runs when the packed file is started."""

import sys

from tokens.client.main import main

sys.exit(main())
