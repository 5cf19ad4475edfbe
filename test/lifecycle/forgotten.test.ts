import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { moduleOf } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

/**
 * What `receiver` receives, in a process of its own, of three messages with garbage collections in between.
 * @param receiver An expression over `socket`; it gives a function whose promise is for the next message.
 */
async function received(receiver: string): Promise<unknown> {
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
  const child = spawn(process.execPath, moduleOf(program, { typescript: true, gc: true }), {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const output = text(child.stdout)
  await once(child, "exit")
  return JSON.parse(await output)
}

describe("a socket of which nothing is left", function () {
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
    it(`SHALL stay open for ${holder}`, async () => {
      expect(await received(receiver)).to.deep.equal(["first", "second", "third"])
    })
  }
})
