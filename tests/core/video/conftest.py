from __future__ import annotations

import sys
from pathlib import Path

# The numbered videos are a module of these tests.
sys.path.insert(0, str(Path(__file__).parent))
