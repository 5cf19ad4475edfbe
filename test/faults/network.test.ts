import { expect } from "chai"
import { fork, spawnSync } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Dealer, Pull, Push, Router, type Socket } from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { RemoteProcess } from "../../interop/support/remote.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { caught, texts } from "../support/receiving.js"
import { RUNTIME, TYPESCRIPT } from "../support/runtime.js"
import { skip } from "../support/skip.js"

const EAGER = { linger: 0, reconnectInterval: 5 }

describe("a connection through a failing network", function () {
  this.timeout(60_000)
  const keep = closing()

  async function pulling(options: object = {}): Promise<Pull> {
    const pull = keep(new Pull({ linger: 0, ...options }))
    await pull.bind("tcp://127.0.0.1:*")
    return pull
  }

  async function proxyTo(socket: Socket): Promise<FaultProxy> {
    return keep(await FaultProxy.start(socket.lastEndpoint!))
  }

  async function connected(proxy: FaultProxy, options: object = {}): Promise<Push> {
    const push = keep(new Push({ ...EAGER, ...options }))
    push.events
    push.connect(proxy.endpoint)
    await nextEvent(push, "handshake")
    return push
  }

  it("detects by heartbeats that the other host has vanished, on both sides", async () => {
    const beats = { heartbeatInterval: 50, heartbeatTimeout: 100 }
    const pull = await pulling(beats)
    pull.events
    const proxy = await proxyTo(pull)
    const push = await connected(proxy, beats)
    await nextEvent(pull, "handshake")
    proxy.faults = { stalled: true }
    const events = await Promise.all([nextEvent(push, "disconnect"), nextEvent(pull, "disconnect")])
    expect(events.map(({ error }) => error?.code)).to.deep.equal(["ETIMEDOUT", "ETIMEDOUT"])
    proxy.faults = {}
    await nextEvent(push, "handshake")
    await push.send("again")
    expect(await texts(pull, 1)).to.deep.equal(["again"])
  })

  it("reports a reset as such, and not as a vanished host", async () => {
    const pull = await pulling()
    pull.events
    const proxy = await proxyTo(pull)
    const push = await connected(proxy)
    proxy.cut("reset")
    const events = await Promise.all([nextEvent(push, "disconnect"), nextEvent(pull, "disconnect")])
    expect(events.map(({ error }) => error?.code)).to.deep.equal(["ECONNRESET", "ECONNRESET"])
  })

  for (const direction of ["toTarget", "fromTarget"] as const) {
    it(`is reconnected when it is half-closed: ${direction}`, async () => {
      const pull = await pulling()
      const proxy = await proxyTo(pull)
      const push = await connected(proxy)
      proxy.halfClose(direction)
      await nextEvent(push, "handshake")
      await push.send("again")
      expect(await texts(pull, 1)).to.deep.equal(["again"])
    })
  }

  it("is reconnected after repeated failures", async () => {
    const pull = await pulling()
    const proxy = await proxyTo(pull)
    const push = await connected(proxy)
    for (let round = 0; round < 20; round++) {
      await proxy.down()
      await proxy.up()
      await nextEvent(push, "handshake")
      await push.send(String(round))
      expect(await texts(pull, 1)).to.deep.equal([String(round)])
    }
  })

  it("is reconnected to a new address", async () => {
    const [first, second] = [await pulling(), await pulling()]
    const proxy = await proxyTo(first)
    const push = await connected(proxy)
    proxy.target = second.lastEndpoint!
    proxy.cut()
    await nextEvent(push, "handshake")
    await push.send("moved")
    expect(await texts(second, 1)).to.deep.equal(["moved"])
  })

  it("does not block other peers while it is stalled: PUSH continues with the next", async () => {
    const [slow, fast] = [await pulling({ receiveHighWaterMark: 1 }), await pulling()]
    const proxy = await proxyTo(slow)
    const push = await connected(proxy, { sendHighWaterMark: 10 })
    push.connect(fast.lastEndpoint!)
    await nextEvent(push, "handshake")
    proxy.faults = { stalled: true }
    const body = Buffer.alloc(100_000)
    const sending = (async () => {
      for (let number = 0; number < 300; number++) await push.send([String(number), body])
    })()
    let received = 0
    while (received < 200) {
      await fast.receive()
      received++
    }
    proxy.faults = {}
    void (async () => {
      for await (const message of slow) expect(message).to.have.length(2)
    })()
    void (async () => {
      for await (const message of fast) expect(message).to.have.length(2)
    })()
    await sending
  })

  it("is retried while its host name is unknown", async () => {
    const push = keep(new Push(EAGER))
    push.events
    push.connect("tcp://nobody.invalid:5555")
    for (let attempt = 0; attempt < 3; attempt++) await nextEvent(push, "connect:retry")
    push.disconnect("tcp://nobody.invalid:5555")
    expect(() => {
      push.disconnect("tcp://nobody.invalid:5555")
    }).to.throw("No such endpoint")
  })

  it("is not closed when the clock jumps", async () => {
    const { now } = Date
    const pull = await pulling({ heartbeatInterval: 20, heartbeatTimeout: 1000 })
    const proxy = await proxyTo(pull)
    const push = await connected(proxy, { heartbeatInterval: 20, heartbeatTimeout: 1000 })
    const disconnects: unknown[] = []
    void (async () => {
      for await (const event of push.events) if (event.type === "disconnect") disconnects.push(event)
    })()
    try {
      for (const jump of [86_400_000, -86_400_000, 0]) {
        Date.now = () => now() + jump
        await push.send(String(jump))
        expect(await texts(pull, 1)).to.deep.equal([String(jump)])
        // Wait for some heartbeats in each direction.
        const { bytes } = proxy
        while (proxy.bytes < bytes + 40) await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      Date.now = now
    }
    expect(disconnects).to.deep.equal([])
  })

  it("is not closed while this side's event loop is blocked for seconds", async () => {
    const remote = await RemoteProcess.start("libzmq")
    try {
      const router = await remote.socket("Router")
      const endpoint = await router.bind("tcp://127.0.0.1:*")
      const dealer = keep(new Dealer({ ...EAGER, heartbeatInterval: 50, heartbeatTimeout: 100, routingId: "d" }))
      const lost: unknown[] = []
      dealer.events.on("disconnect", (event) => lost.push(event))
      dealer.connect(endpoint)
      await dealer.send("before")
      expect(await router.receive()).to.deep.equal(["d", "before"])
      for (let stall = 0; stall < 2; stall++) {
        const end = performance.now() + 1500
        while (performance.now() < end);
        // The peer replies only after it has read everything that arrived before the request.
        await dealer.send(`stall ${stall}`)
        expect(await router.receive()).to.deep.equal(["d", `stall ${stall}`])
      }
      await dealer.send("after")
      expect(await router.receive()).to.deep.equal(["d", "after"])
      expect(lost).to.deep.equal([])
    } finally {
      await remote.stop()
    }
  })

  it("is reported as lost by `disconnect` when a peer's process is killed", async () => {
    const remote = await RemoteProcess.start("zmtp")
    const router = keep(new Router())
    await router.bind("tcp://127.0.0.1:*")
    router.events
    const dealer = await remote.socket("Dealer")
    await dealer.connect(router.lastEndpoint!)
    await nextEvent(router, "handshake")
    await remote.kill()
    await nextEvent(router, "disconnect")
  })

  for (const ioThreads of [0, 1]) {
    it(`is accepted again after the process ran out of file descriptors, with ${ioThreads} I/O threads`, async function () {
      if (process.platform === "win32") skip(this, "not on Windows")
      if (RUNTIME === "Deno") skip(this, "Deno does not tell what a child says that it has started through a shell")
      const program = new URL("out-of-descriptors.ts", import.meta.url).pathname
      const child = fork(program, [String(ioThreads)], {
        execPath: "/bin/sh",
        execArgv: ["-c", 'ulimit -n 80; exec "$0" "$@"', process.execPath, ...TYPESCRIPT],
      })
      const [report] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown]
      expect(report).to.deep.equal({ served: "after" })
      const [code] = (await once(child, "exit")) as [number]
      expect(code).to.equal(0)
    })
  }

  it("is retried when the name that a RADIO connects to is not found or cannot be used, and reports the reason", async function () {
    if (process.platform === "win32") skip(this, "not on Windows")
    if (RUNTIME !== "Node") skip(this, "Node alone lets a program stand between us and the resolver")
    const child = fork(new URL("radio-out-of-descriptors.ts", import.meta.url).pathname, {
      execPath: "/bin/sh",
      execArgv: ["-c", 'ulimit -n 80; exec "$0" "$@"', process.execPath, ...TYPESCRIPT],
    })
    const [report] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown]
    expect(report).to.deep.equal({ served: "after", events: ["ENOTFOUND", true, true, "EMFILE", true, true] })
    const [code] = (await once(child, "exit")) as [number]
    expect(code).to.equal(0)
  })
})

describe("a path for ipc", () => {
  const keep = closing()
  const folder = mkdtempSync(join(tmpdir(), "zmtp-test-"))

  after(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  for (const [code, path] of [
    ["ENOENT", "missing/socket"],
    ["ENOTDIR", "file/socket"],
    ["EADDRINUSE", "file"],
    ["ENAMETOOLONG", "x".repeat(120)],
  ] as const) {
    it(`is rejected with ${code}: ${path.slice(0, 20)}`, async () => {
      writeFileSync(join(folder, "file"), "")
      const pull = keep(new Pull())
      expect(await caught(pull.bind(`ipc://${join(folder, path)}`))).to.include({ code })
      await pull.bind(`ipc://${join(folder, `good-${code}`)}`)
    })
  }

  it("is rejected with ENOSPC on a full file system", async function () {
    const full = join(folder, "full")
    mkdirSync(full)
    // A file system with room for the root directory only.
    const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "nr_inodes=1,size=4k", "tmpfs", full])
    if (mount.status !== 0) skip(this, "no permission to mount")
    try {
      const pull = keep(new Pull())
      expect(await caught(pull.bind(`ipc://${full}/socket`))).to.include({ code: "ENOSPC" })
      pull.close()
    } finally {
      spawnSync("umount", [full])
    }
  })

  it("is retried while no process listens on it", async () => {
    const push = keep(new Push(EAGER))
    push.events
    push.connect(`ipc://${folder}/later`)
    await nextEvent(push, "connect:retry")
    await push.send("x")
    const pull = keep(new Pull())
    await pull.bind(`ipc://${folder}/later`)
    expect(await texts(pull, 1)).to.deep.equal(["x"])
  })
})
