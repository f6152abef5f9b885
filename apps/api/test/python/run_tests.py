"""Runs the tests of this folder, and sums them up as Jest does."""

import sys
import unittest
from pathlib import Path

suite = unittest.defaultTestLoader.discover(str(Path(__file__).parent))
total = suite.countTestCases()
result = unittest.TextTestRunner(verbosity=2).run(suite)
failed = len(result.failures) + len(result.errors)
counts = ([f"{failed} failed"] if failed else []) + [f"{total - failed} passed", f"{total} total"]
print(f"Tests: {', '.join(counts)}", flush=True)
# Finding no tests is no success.
sys.exit(0 if failed == 0 and total > 0 else 1)
