import { createRequire } from "node:module"
import * as imported from "zmtp"
import { run } from "./everything.mjs"

const required = createRequire(import.meta.url)("zmtp")
console.log(
  `${await run()} ${imported.Socket === required.Socket && imported.Proxy === required.Proxy ? "same" : "other"}`,
)
