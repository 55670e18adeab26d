"""Ask every calibrated explanation about the trials that judge: `python -m resynapse.qualify.stacking.clinic [NAME]`.

Answers that are of today's runs and rows stay; each new one is kept as soon as it is there.
"""

from __future__ import annotations

import sys

from ....core.solver import keep_compiled_code
from .foretold import FILE, refresh

if __name__ == "__main__":
    keep_compiled_code()
    refresh(sys.argv[1:], FILE, lambda words: print(words, file=sys.stderr, flush=True))
