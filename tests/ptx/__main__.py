"""Compile every kernel that was started: `python -m tests.ptx launches.json`."""

import json
import sys
import time

from tests.ptx import compile as c

launches = json.load(open(sys.argv[1]))
only = sys.argv[2] if len(sys.argv) > 2 else ""
capabilities = c.CAPABILITIES[1:2] if "--one" in sys.argv else c.CAPABILITIES
bad, start = 0, time.time()
for k, (module, factory, args, kinds, _, _) in enumerate(launches):
    if only and not only.startswith("-") and only not in f"{module}.{factory}":
        continue
    for capability in capabilities:
        try:
            figures = c.assemble(c.ptx(c.find(module, factory, args), kinds, capability), capability)
            if figures.spills or figures.stack:
                print(module, factory, str(args)[:200], figures)
        except Exception as error:
            bad += 1
            print("FAILED", module, factory, args, kinds, capability, str(error)[:1500])
            break
    if k % 50 == 0:
        print(k, len(launches), f"{time.time() - start:.0f} s", flush=True)
print("failed", bad, "of", len(launches))
