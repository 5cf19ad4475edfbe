import { run } from "./everything.mjs"

run().then(console.log)
