import fc from "fast-check"
import { readOptions } from "../../scripts/options.mjs"
import { prepareMechanisms } from "./mechanisms.js"
import { fuzzMemory } from "./memory.js"
import { share, TARGETS } from "./targets.js"

const values = readOptions("npm run fuzz -- [options]", {
  runs: { type: "integer", default: 100_000, least: 1, description: "number of inputs" },
  seed: { type: "integer", description: "seed of the inputs; random by default" },
  only: { type: "string", value: "TEXT", description: "only targets whose name contains this" },
  path: { type: "string", value: "PATH", description: "repeat the counterexample with this path, for its seed" },
  memory: { type: "boolean", description: "measure memory that is kept instead" },
})
const { runs } = values
const seed = values.seed ?? Date.now() & 0x7fff_ffff

process.on("unhandledRejection", (error) => {
  throw error
})

prepareMechanisms()
console.log(`${runs} inputs, seed ${seed}`)
if (values.memory) {
  const { inputs, worst } = await fuzzMemory(runs, seed)
  console.log(`${inputs} inputs passed; at most ${(100 * worst).toFixed(0)} % of the memory that is allowed was kept`)
  process.exit()
}
let inputs = 0
for (const target of TARGETS) {
  if (values.only !== undefined && !target.name.includes(values.only)) continue
  const numRuns = share(target, runs)
  const begin = performance.now()
  await fc.assert(target.property() as fc.IAsyncProperty<unknown>, {
    numRuns,
    seed,
    ...(values.path === undefined ? {} : { path: values.path }),
  })
  inputs += numRuns
  console.log(`${numRuns} passed in ${((performance.now() - begin) / 1000).toFixed(1)} s: ${target.name}`)
}
console.log(`${inputs} inputs passed`)
