import { expect } from "chai"
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { moduleOf } from "./support/runtime.js"

const root = new URL("../", import.meta.url)
const run = promisify(execFile)

/** The output of an ES module that loads each entry point twice, as `imported` and as `required`, by name. */
async function output(program: string): Promise<string> {
  const script = `
    import { createRequire } from "node:module"
    const require = createRequire(import.meta.url)
    const [imported, required] = [{}, {}]
    for (const name of ["zmtp", "zmtp/draft", "zmtp/v5-compat", "zmtp/testing", "zmtp/transport", "zmtp/msgpack"]) {
      imported[name] = await import(name)
      required[name] = require(name)
    }
    ${program}`
  const { stdout } = await run(process.execPath, moduleOf(script), { cwd: root })
  return stdout
}

describe("a process that imports and requires the package", () => {
  it("gets the same classes, functions and contexts from both", async () => {
    const printed = await output(`
      for (const [name, api] of Object.entries(imported)) {
        const keys = (exports) => Object.keys(exports).filter((key) => key !== "module.exports" && key !== "__esModule").sort()
        if (keys(api).join() !== keys(required[name]).join()) console.log(name, keys(api), keys(required[name]))
        for (const key of keys(api)) if (api[key] !== required[name][key]) console.log(name, key)
        for (const key of Object.keys(api.default ?? {})) if (api.default[key] !== required[name].default[key]) console.log(name, "default", key)
      }
      console.log("compared", Object.keys(imported["zmtp"]).length > 30)`)
    expect(printed).to.equal("compared true\n")
  })

  it("runs a Proxy and an Observer with sockets of the other build", async () => {
    const printed = await output(`
      const { Dealer, Router, Request, Reply, Proxy } = imported["zmtp"]
      const other = required["zmtp"]
      const [front, back] = [new other.Router(), new other.Dealer()]
      await front.bind("tcp://127.0.0.1:*")
      await back.bind("tcp://127.0.0.1:*")
      const proxy = new Proxy(front, back)
      const running = proxy.run()
      const [request, reply] = [new Request(), new other.Reply()]
      const connected = new Promise((resolve) => new other.Observer(request).on("connect", resolve))
      request.connect(front.lastEndpoint)
      reply.connect(back.lastEndpoint)
      await connected
      await request.send("question")
      const [question] = await reply.receive()
      await reply.send(question + "?")
      console.log(String(await request.receive()))
      proxy.terminate()
      await running
      request.close()
      reply.close()`)
    expect(printed).to.equal("question?\n")
  })

  it("recognizes instances and errors of the other build with instanceof", async () => {
    const printed = await output(`
      const { Push, Socket, Context, BadMessageError, json } = imported["zmtp"]
      const other = required["zmtp"]
      const push = new Push()
      const pull = new other.Pull({ context: push.context })
      const server = new (required["zmtp/draft"].Server)()
      console.log(push instanceof other.Socket, pull instanceof Socket, server instanceof Socket)
      console.log(pull.context instanceof other.Context)
      await pull.bind("inproc://broken")
      push.connect("inproc://broken")
      await push.send("{")
      const error = await pull.with(json()).receive().catch((reason) => reason)
      console.log(error instanceof other.BadMessageError, error instanceof BadMessageError)
      for (const socket of [push, pull, server]) socket.close()`)
    expect(printed).to.equal("true true true\ntrue\ntrue true\n")
  })
})
