import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { moduleOf, RUNTIME } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const root = new URL("../../", import.meta.url)

/** The JSON output of `program`, which runs in its own process with a `gc` function. */
async function resultOf(program: string): Promise<unknown> {
  const child = spawn(process.execPath, moduleOf(program, { typescript: true, gc: true }), {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const output = text(child.stdout)
  await once(child, "exit")
  return JSON.parse(await output)
}

/**
 * What `receiver` receives in its own process if three messages are sent, with garbage collections in between.
 * @param receiver An expression that uses `socket`. Its value is a function that returns a promise for the next
 * message.
 */
function received(receiver: string): Promise<unknown> {
  const program = `
    import { json, Push, Pull } from "${new URL("src/index.ts", root).href}"
    const push = new Push({ linger: 0 })
    await push.bind("tcp://127.0.0.1:*")
    const next = (() => {
      const socket = new Pull({ linger: 0 })
      socket.connect(push.lastEndpoint)
      return (${receiver})
    })()
    const turn = () => new Promise((resolve) => setImmediate(resolve))
    const seen = []
    for (const text of ["first", "second", "third"]) {
      const promise = next()
      for (let count = 0; count < 5; count++) { gc(); await turn() }
      await push.send(JSON.stringify(text))
      seen.push(await promise)
      for (let count = 0; count < 5; count++) { gc(); await turn() }
    }
    console.log(JSON.stringify(seen))
    process.exit()`
  return resultOf(program)
}

describe("a socket that is no longer referenced", function () {
  this.timeout(60_000)

  const HOLDERS: Record<string, string> = {
    "an iterator":
      "(({ next }) => async () => JSON.parse((await next()).value[0].toString()))(socket[Symbol.asyncIterator]())",
    "an iterator of batches":
      "(({ next }) => async () => JSON.parse((await next()).value[0][0].toString()))(socket.batches()[Symbol.asyncIterator]())",
    "a typed view": "((view) => () => view.receive())(socket.with(json()))",
    "an iterator of a typed view":
      "(({ next }) => async () => (await next()).value)(socket.with(json())[Symbol.asyncIterator]())",
    "a stream":
      "((reader) => async () => JSON.parse((await reader.read()).value[0].toString()))(socket.readableStream().getReader())",
  }
  for (const [holder, receiver] of Object.entries(HOLDERS)) {
    it(`stays open for ${holder}`, async () => {
      expect(await received(receiver)).to.deep.equal(["first", "second", "third"])
    })
  }
})

/**
 * For each action on a socket: whether the first garbage collection after `close` collects the context of the socket.
 */
function released(actions: Readonly<Record<string, string>>): Promise<unknown> {
  const program = `
    import { Context, Dealer } from "${new URL("src/index.ts", root).href}"
    const actions = {${Object.entries(actions)
      .map(([name, action]) => `${JSON.stringify(name)}: async (socket) => { ${action} }`)
      .join(",")}}
    async function use(action) {
      const context = new Context()
      const socket = new Dealer({ context, linger: 0 })
      await action(socket)
      socket.close()
      return new WeakRef(context)
    }
    const seen = {}
    for (const [name, action] of Object.entries(actions)) {
      const reference = await use(action)
      await new Promise((resolve) => setImmediate(resolve))
      gc()
      seen[name] = reference.deref() === undefined
    }
    console.log(JSON.stringify(seen))
    process.exit()`
  return resultOf(program)
}

describe("a closed socket", function () {
  this.timeout(60_000)

  it("releases its context immediately, whatever its connections are doing", async function () {
    // In other engines, a single collection may not find everything.
    if (RUNTIME !== "Node") skip(this, "only Node is asked to collect garbage")
    const actions = {
      nothing: "",
      ...Object.fromEntries(
        ["tcp://127.0.0.1:1", "tcp://localhost:1", "ipc:///nowhere", "inproc://nobody", "ws://127.0.0.1:1"].map(
          (endpoint) => [`connecting to ${endpoint}`, `socket.connect("${endpoint}"); await socket.send("x")`],
        ),
      ),
      ...Object.fromEntries(
        ["tcp://127.0.0.1:*", "ipc://*", "inproc://here", "ws://127.0.0.1:*/"].map((endpoint) => [
          `bound to ${endpoint}`,
          `await socket.bind("${endpoint}")`,
        ]),
      ),
      ...Object.fromEntries(
        ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*/"].flatMap((endpoint) => [
          [
            `connected to ${endpoint}`,
            `const peer = new Dealer({ linger: 0 })
             await peer.bind("${endpoint}")
             socket.connect(peer.lastEndpoint)
             await peer.send("x")
             await socket.receive()`,
          ],
          [
            `accepted at ${endpoint}`,
            `const peer = new Dealer({ linger: 0 })
             await socket.bind("${endpoint}")
             peer.connect(socket.lastEndpoint)
             await peer.send("x")
             await socket.receive()`,
          ],
        ]),
      ),
    }
    const all = Object.fromEntries(Object.keys(actions).map((name) => [name, true]))
    expect(await released(actions)).to.deep.equal(all)
  })

  it("keeps no received messages alive, even if the program still references it", async function () {
    if (RUNTIME !== "Node") skip(this, "only Node is asked to collect garbage")
    const program = `
      import { Pair } from "${new URL("src/index.ts", root).href}"
      const turn = () => new Promise((resolve) => setImmediate(resolve))
      const held = []
      async function exchange(endpoint) {
        const [bound, connected] = [new Pair({ linger: 0 }), new Pair({ linger: 0 })]
        held.push(bound, connected)
        await bound.bind(endpoint)
        connected.connect(bound.lastEndpoint)
        const references = []
        for (const [from, to] of [[bound, connected], [connected, bound]]) {
          await from.send(Buffer.alloc(2048))
          references.push(new WeakRef((await to.receive())[0]))
        }
        for (const socket of [bound, connected]) socket.close()
        return references
      }
      const kept = {}
      for (const endpoint of ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*/", "inproc://here"]) {
        const references = await exchange(endpoint)
        for (let count = 0; count < 20; count++) { await turn(); gc() }
        kept[endpoint] = references.filter((reference) => reference.deref() !== undefined).length
      }
      console.log(JSON.stringify(kept), held.length)
      process.exit()`
    const child = spawn(process.execPath, moduleOf(program, { typescript: true, gc: true }), {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    })
    const output = text(child.stdout)
    await once(child, "exit")
    expect(await output).to.equal('{"tcp://127.0.0.1:*":0,"ipc://*":0,"ws://127.0.0.1:*/":0,"inproc://here":0} 8\n')
  })
})
