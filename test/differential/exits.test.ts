import { expect } from "chai"
import { execFile } from "node:child_process"
import { moduleOf, NODE } from "../support/runtime.js"

const LIBRARIES = { native: "zeromq", ours: new URL("../../dist/node/index.mjs", import.meta.url).href }

/** Programs that must exit in the same way with both libraries: exit code, output, and errors. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "idle sockets, bound and connected": `
    const [pull, push] = [new zmq.Pull(), new zmq.Push()]
    await pull.bind("tcp://127.0.0.1:*")
    push.connect(pull.lastEndpoint)
    await push.send("x")
    console.log(String(await pull.receive()))`,
  "sockets of their own context, one of them closed": `
    const context = new zmq.Context()
    const [one, other] = [new zmq.Dealer({ context }), new zmq.Router({ context })]
    await other.bind("tcp://127.0.0.1:*")
    one.connect(other.lastEndpoint)
    other.close()`,
  "sockets without references": `
    for (let index = 0; index < 20; index++) new zmq.Dealer({ linger: 0 }).connect("tcp://127.0.0.1:1")
    gc()`,
  "a publisher without subscribers": `
    const publisher = new zmq.Publisher()
    await publisher.bind("tcp://127.0.0.1:*")
    await publisher.send("nobody hears")
    console.log("sent")`,
  "a message to a dead peer, and a short linger": `
    const dealer = new zmq.Dealer({ linger: 50 })
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(null)`,
  "a message to a dead peer, and a long linger": `
    const dealer = (globalThis.held = new zmq.Dealer({ linger: 900 }))
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(null)`,
  "a message to a dead peer from a context that is not blocky": `
    const context = new zmq.Context({ blocky: false })
    const dealer = new zmq.Dealer({ context })
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(null)
    console.log(dealer.linger)`,
  "a long linger in a context that is not blocky": `
    zmq.context.blocky = false
    const dealer = (globalThis.held = new zmq.Dealer({ linger: 900 }))
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(null)`,
  "a closed socket that lingers": `
    const dealer = new zmq.Dealer({ linger: 50 })
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send(null)
    dealer.close()`,
  "a waiting receive, until it times out": `
    const dealer = new zmq.Dealer({ receiveTimeout: 100 })
    await dealer.receive().catch((error) => console.log(error.code))
    console.log("over", dealer.closed)`,
  "a waiting send, until it times out": `
    const push = new zmq.Push({ sendTimeout: 100 })
    await push.send("x").catch((error) => console.log(error.code))
    console.log("over", push.closed)`,
  "events that are read when their socket closes": `
    const dealer = new zmq.Dealer()
    setImmediate(() => dealer.close())
    for await (const { type } of dealer.events) console.log(type)`,
  "events with a listener when their socket closes": `
    const dealer = new zmq.Dealer()
    dealer.events.on("end", ({ type }) => console.log(type))
    setImmediate(() => dealer.close())`,
  "process.exit": `
    const dealer = new zmq.Dealer({ linger: 0 })
    dealer.connect("tcp://127.0.0.1:1")
    dealer.receive()
    process.exit(3)`,
  "an exit code set beforehand": `
    const dealer = new zmq.Dealer({ linger: 0 })
    dealer.connect("tcp://127.0.0.1:1")
    await dealer.send("x")
    process.exitCode = 4`,
}

/** What can be observed of a process that runs `source` with `library`. */
function run(source: string, library: string): Promise<object> {
  const program = `
    const loaded = await import(${JSON.stringify(library)})
    const zmq = loaded.Dealer === undefined ? loaded.default : loaded
    ${source}`
  const flags =
    library === LIBRARIES.native
      ? ["--expose-gc", "--no-warnings", "--input-type=module", "--eval", program]
      : moduleOf(program, { gc: true })
  return new Promise((resolve) => {
    const child = execFile(
      library === LIBRARIES.native ? NODE : process.execPath,
      flags,
      { cwd: new URL(".", import.meta.url) },
      (_error, output, errors) => {
        resolve({
          code: child.exitCode,
          signal: child.signalCode,
          output,
          errors: errors.replace(/\(node:\d+\)/g, "(node)"),
        })
      },
    )
  })
}

describe("the end of a process, with zeromq and with this library", function () {
  this.timeout(30_000)

  for (const [name, source] of Object.entries(PROGRAMS)) {
    it(`is the same: ${name}`, async () => {
      const [native, ours] = await Promise.all([run(source, LIBRARIES.native), run(source, LIBRARIES.ours)])
      expect(ours).to.deep.equal(native)
    })
  }
})
