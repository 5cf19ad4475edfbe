import fc from "fast-check"
import { prepareMechanisms } from "./mechanisms.js"
import { share, TARGETS } from "./targets.js"

/** Inputs of all targets together; `npm run fuzz` tries as many as you like. */
const RUNS = 6000

describe("Inputs made up by chance (`npm run fuzz`) SHALL do no harm", function () {
  this.timeout(60_000)

  before(prepareMechanisms)

  for (const target of TARGETS) {
    // A failure tells its seed and path.
    it(target.name, async () => {
      await fc.assert(target.property() as fc.IAsyncProperty<unknown>, { numRuns: share(target, RUNS) })
    })
  }
})
