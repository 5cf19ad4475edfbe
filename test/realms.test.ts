import { expect } from "chai"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { createContext, runInContext, runInNewContext } from "node:vm"
import { Dish, Radio } from "../src/draft.js"
import type * as Library from "../src/index.js"
import {
  Dealer,
  json,
  Publisher,
  Pull,
  Push,
  Router,
  SchemaError,
  Subscriber,
  type StandardSchema,
} from "../src/index.js"
import { closing } from "./support/closing.js"
import { freeInproc } from "./support/endpoints.js"
import { caught, texts } from "./support/receiving.js"
import { RUNTIME } from "./support/runtime.js"
import { skip } from "./support/skip.js"

/** The value of `expression` in another realm. Its type fits every parameter. */
function foreign(expression: string): never {
  return runInNewContext(expression) as never
}

describe("values of another realm", () => {
  const use = closing()

  const frames: [expression: string, bytes: string][] = [
    ["new Uint8Array([1, 2])", "0102"],
    ["new Uint8Array([0, 1, 2, 3]).subarray(1, 3)", "0102"],
    ["new Uint8Array([1, 2]).buffer", "0102"],
    ["(() => { const m = new SharedArrayBuffer(2); new Uint8Array(m).set([1, 2]); return m })()", "0102"],
    ["new Uint16Array([0x0201])", "0102"],
    ["new DataView(new Uint8Array([0, 1, 2]).buffer, 1)", "0102"],
    ["new Uint8Array(0)", ""],
    ["new ArrayBuffer(0)", ""],
    ["({ [Symbol.toStringTag]: 'ArrayBuffer', toString: () => 'text' })", "74657874"],
  ]
  for (const [expression, bytes] of frames) {
    it(`are sent as bytes: ${expression}`, async () => {
      const [push, pull] = [use(new Push()), use(new Pull())]
      await pull.bind("tcp://127.0.0.1:*")
      push.connect(pull.lastEndpoint!)
      await push.send(foreign(expression))
      await push.send(foreign(`[${expression}, "x"]`))
      expect((await pull.receive()).map((frame) => frame.toString("hex"))).to.deep.equal([bytes])
      expect((await pull.receive()).map((frame) => frame.toString("hex"))).to.deep.equal([bytes, "78"])
    })
  }

  it("are accepted as topics", async () => {
    const endpoint = freeInproc()
    const [publisher, subscriber] = [use(new Publisher()), use(new Subscriber())]
    await publisher.bind(endpoint)
    subscriber.subscribe(foreign("new Uint8Array([0x61])"), foreign("new Uint8Array([0x62])"))
    subscriber.unsubscribe(foreign("new Uint8Array([0x62])"))
    subscriber.connect(endpoint)
    await publisher.send("b")
    await publisher.send("a")
    expect(await texts(subscriber, 1)).to.deep.equal(["a"])
  })

  it("are accepted as groups", async () => {
    const endpoint = freeInproc()
    const [radio, dish] = [use(new Radio()), use(new Dish())]
    await radio.bind(endpoint)
    dish.join(foreign("new Uint8Array([0x67])"))
    dish.connect(endpoint)
    await radio.send("x", { group: foreign("new Uint8Array([0x67])") })
    expect(String((await dish.receive())[0])).to.equal("x")
    expect(() => {
      ;(use(new Push()) as unknown as Dish).join(foreign("new Uint8Array([0x67])"))
    })
      .to.throw()
      .with.property("code", "ENOTSUP")
  })

  it("are accepted as option values", () => {
    const key = "0123456789012345678901234567890123456789"
    const bytes = (text: string): never => foreign(`new Uint8Array([${[...Buffer.from(text)].join()}])`)
    const dealer = use(new Dealer())
    dealer.routingId = bytes("me")
    dealer.plainUsername = bytes("name")
    dealer.tcpAcceptFilter = bytes("127.0.0.1")
    dealer.curvePublicKey = bytes(key)
    expect([dealer.routingId, dealer.plainUsername, dealer.curvePublicKey]).to.deep.equal(["me", "name", key])
    class Numbered extends Dealer {
      set(option: number, value: never): void {
        this.setStringOption(option, value)
      }
    }
    const numbered = use(new Numbered())
    numbered.set(5, bytes("you"))
    expect(numbered.routingId).to.equal("you")
    for (const other of ["new Uint16Array(1)", "new ArrayBuffer(1)", "({})"]) {
      expect(() => (dealer.routingId = foreign(other))).to.throw(TypeError)
    }
  })

  it("are accepted as promises and errors of codecs", async () => {
    const schema = (result: string): StandardSchema => ({
      "~standard": { version: 1, vendor: "test", validate: () => foreign(result) },
    })
    const push = use(new Push())
    expect(() => push.with(json(schema("Promise.resolve({ value: 1 })"))).send(1)).to.throw(TypeError)
    expect(() => push.with(json(schema("({ issues: [{ message: 'no' }] })"))).send(1)).to.throw(SchemaError, "no")
    const router = use(new Router())
    await router.bind(freeInproc())
    const dealer = use(new Dealer())
    dealer.connect(router.lastEndpoint!)
    await dealer.send("x")
    const typed = router.with({ encode: String, decode: () => foreign("(() => { throw new Error('no') })()") })
    expect((await caught(typed.receive())).message).to.equal("Cannot decode message: no")
  })
})

/** The built library in its own realm, which shares only Node's modules with this one. */
function loadApart(): { zmq: typeof Library; global: typeof globalThis } {
  const root = fileURLToPath(new URL("../dist/node/", import.meta.url))
  const { process, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, queueMicrotask } = globalThis
  const { Buffer, AbortController, TextDecoder, TextEncoder } = globalThis
  const sandbox = createContext({
    ...{ process, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, queueMicrotask },
    ...{ Buffer, AbortController, TextDecoder, TextEncoder },
  })
  const modules = new Map<string, { exports: unknown }>()
  const nodeRequire = createRequire(import.meta.url)
  const load = (path: string): unknown => {
    const known = modules.get(path)
    if (known !== undefined) return known.exports
    const module = { exports: {} as unknown }
    modules.set(path, module)
    const run = runInContext(
      `(function (module, exports, require) {${readFileSync(path, "utf8")}\n})`,
      sandbox,
      path,
    ) as (module: unknown, exports: unknown, require: (name: string) => unknown) => void
    run(module, module.exports, (name) =>
      name.startsWith(".") ? load(resolve(dirname(path), name)) : (nodeRequire(name) as unknown),
    )
    return module.exports
  }
  return {
    zmq: load(resolve(root, "index.cjs")) as typeof Library,
    global: runInContext("globalThis", sandbox) as typeof globalThis,
  }
}

describe("the library in a separate realm", () => {
  const use = closing()

  before(function () {
    if (RUNTIME === "Bun") skip(this, "Bun's realms have no Buffer of Node's")
    if (RUNTIME === "Deno") skip(this, "Deno loads CommonJS in its own way")
  })

  it("transfers bytes of Node's and its own realm, over tcp and inproc", async () => {
    const { zmq, global } = loadApart()
    for (const endpoint of ["tcp://127.0.0.1:*", freeInproc()]) {
      const [push, pull] = [use(new zmq.Push()), use(new zmq.Pull())]
      await pull.bind(endpoint)
      push.connect(pull.lastEndpoint!)
      for (const frame of [Buffer.from("ab"), new global.Uint8Array([0x61, 0x62]), Uint8Array.of(0x61, 0x62).buffer]) {
        await push.send(frame)
        await push.send([frame, Buffer.alloc(10_000, "c")])
        expect((await pull.receive()).map(String)).to.deep.equal(["ab"])
        expect((await pull.receive()).map(String)).to.deep.equal(["ab", "c".repeat(10_000)])
      }
    }
  })

  it("accepts options of Node's realm, and recognizes system errors by their codes", async () => {
    const { zmq } = loadApart()
    const dealer = use(new zmq.Dealer({ routingId: Buffer.from("me") as unknown as string }))
    expect(dealer.routingId).to.equal("me")
    await dealer.bind("tcp://127.0.0.1:*")
    const error = await caught(use(new zmq.Dealer()).bind(dealer.lastEndpoint!))
    expect(error).to.include({ code: "EADDRINUSE", errno: 98 })
    const controller = new AbortController()
    const waiting = caught(dealer.receive({ signal: controller.signal }))
    controller.abort("enough")
    expect(await waiting).to.equal("enough")
  })
})
