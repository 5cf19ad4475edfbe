import fc from "fast-check"
import { RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"
import { prepareMechanisms } from "./mechanisms.js"
import { fuzzMemory } from "./memory.js"
import { share, TARGETS } from "./targets.js"

/** Total number of inputs for all targets. `npm run fuzz` accepts any number. */
const RUNS = 6000

describe("random inputs (`npm run fuzz`)", function () {
  this.timeout(60_000)

  before(prepareMechanisms)

  for (const target of TARGETS) {
    // fast-check reports the seed and path of a failure.
    it(`do no harm: ${target.name}`, async () => {
      await fc.assert(target.property() as fc.IAsyncProperty<unknown>, { numRuns: share(target, RUNS) })
    })
  }

  it("do not make a socket exceed its memory limits (`npm run fuzz -- --memory`)", async function () {
    if (RUNTIME !== "Node") skip(this, "other engines do not say what they keep")
    await fuzzMemory(4000, 1 + Math.floor(Math.random() * 1_000_000))
  })
})
