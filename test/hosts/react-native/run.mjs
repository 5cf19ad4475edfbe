// Bundles index.js with Metro, and runs it with the globals of Hermes against a REP in Node.
import Metro from "metro"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createContext, runInContext } from "node:vm"
import { Reply } from "zmtp"

const require = createRequire(import.meta.url)
mkdirSync("node_modules/react-native", { recursive: true })
writeFileSync(
  "node_modules/react-native/package.json",
  JSON.stringify({ name: "react-native", version: "0.0.0", main: "index.js" }),
)
writeFileSync("node_modules/react-native/index.js", "module.exports = globalThis.reactNative\n")

const config = await Metro.loadConfig(
  { config: require.resolve("./metro.config.cjs") },
  { reporter: { update: () => undefined } },
)
await Metro.runBuild(config, { entry: "index.js", platform: "android", minify: false, dev: false, out: "out.js" })
const bundle = readFileSync("out.js", "utf8")
if (/require\("(node:)?(net|crypto|stream)"\)/.test(bundle)) throw new Error("The bundle needs modules of Node")

const reply = new Reply()
await reply.bind("tcp://127.0.0.1:*")
const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, console } = globalThis
const { AbortController, AbortSignal, EventTarget, Event, TextDecoder, TextEncoder } = globalThis
const hermes = createContext({
  ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, console },
  ...{ AbortController, AbortSignal, EventTarget, Event, TextDecoder, TextEncoder },
  reactNative: require("./native.cjs"),
  port: Number(new URL(reply.lastEndpoint.replace("tcp:", "http:")).port),
})
hermes.global = hermes.window = hermes
runInContext(bundle, hermes)
const [question] = await reply.receive()
await reply.send(`${question}: answer`)
console.log(await hermes.answer)
process.exit()
