import { expect } from "chai"
import { fork, spawnSync, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs"
import { connect, createServer, type Server } from "node:net"
import { basename, dirname, join } from "node:path"
import { Pull, Push } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { SocketFolder } from "../../support/endpoints.js"
import { caught, texts } from "../../support/receiving.js"
import { RUNTIME, TYPESCRIPT } from "../../support/runtime.js"
import { skip } from "../../support/skip.js"
import type { Order } from "./ipc-binder.js"

describe("ipc", () => {
  const use = closing()
  let folder: SocketFolder

  beforeEach(() => {
    folder = use(new SocketFolder())
  })

  async function carries(pull: Pull): Promise<void> {
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  }

  it("removes its file on unbind and on close", async () => {
    const path = folder.next()
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    expect(statSync(path).isSocket()).to.equal(true)
    await pull.unbind(`ipc://${path}`)
    expect(existsSync(path)).to.equal(false)
    await pull.bind(`ipc://${path}`)
    pull.close()
    expect(existsSync(path)).to.equal(false)
  })

  it("replaces the file of a process that has ended", async () => {
    const path = folder.next()
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`
    spawnSync(process.execPath, ["-e", script])
    expect(statSync(path).isSocket()).to.equal(true)
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    await carries(pull)
  })

  it("replaces it synchronously if Linux reports that no process listens, and only then: EADDRINUSE", function () {
    if (process.platform !== "linux") skip(this, "Linux only")
    const path = folder.next()
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`
    spawnSync(process.execPath, ["-e", script])
    use(new Pull()).bindSync(`ipc://${path}`)
    expect(() => use(new Pull()).bindSync(`ipc://${path}`))
      .to.throw()
      .that.includes({ code: "EADDRINUSE", address: `ipc://${path}` })
  })

  it("does not replace a file that is not a socket: EADDRINUSE", async () => {
    const path = folder.next()
    writeFileSync(path, "precious")
    expect(await caught(use(new Pull()).bind(`ipc://${path}`))).to.include({
      code: "EADDRINUSE",
      address: `ipc://${path}`,
    })
    expect(statSync(path).size).to.equal(8)
  })

  it("binds a different path for each *, and removes its directory", async () => {
    const [first, second] = [use(new Pull()), use(new Pull())]
    await first.bind("ipc://*")
    await second.bind("ipc://*")
    expect(first.lastEndpoint).not.to.equal(second.lastEndpoint)
    await carries(first)
    await carries(second)
    const made = dirname(first.lastEndpoint!.slice("ipc://".length))
    await first.unbind(first.lastEndpoint!)
    expect(existsSync(made)).to.equal(false)
  })

  it("rejects a path whose directory is missing, synchronously or not: ENOENT, as in libzmq", async () => {
    const address = `ipc://${folder.next()}/socket`
    const expected = { code: "ENOENT", errno: 2, address, message: "No such endpoint" }
    expect(await caught(use(new Pull()).bind(address))).to.include(expected)
    expect(() => use(new Pull()).bindSync(address))
      .to.throw()
      .that.includes(expected)
  })

  it("rejects a path of over 107 bytes, bound or connected: ENAMETOOLONG", async () => {
    const address = `ipc:///${"\u00e9".repeat(53)}x`
    const expected = { code: "ENAMETOOLONG", errno: 36, address }
    expect(await caught(use(new Pull()).bind(address))).to.include(expected)
    expect(() => use(new Pull()).connect(address))
      .to.throw()
      .that.includes(expected)
  })

  it("accepts a path of 107 bytes", async () => {
    const path = join(folder.path, "x".repeat(107 - folder.path.length - 1))
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    await carries(pull)
  })

  it("retries until the directory exists", async () => {
    const path = folder.next()
    const push = use(new Push({ reconnectInterval: 1 }))
    push.connect(`ipc://${path}`)
    await push.send("hello")
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("rejects an empty abstract name: EINVAL", async () => {
    expect(await caught(use(new Pull()).bind("ipc://@"))).to.include({ code: "EINVAL", address: "ipc://@" })
  })

  it("binds abstract names only once: EADDRINUSE", async function () {
    if (process.platform !== "linux") skip(this, "Linux only")
    const address = `ipc://@zmtp-test-${process.pid}`
    const pull = use(new Pull())
    await pull.bind(address)
    await carries(pull)
    expect(await caught(use(new Pull()).bind(address))).to.include({ code: "EADDRINUSE" })
  })

  /** Whether a process listens at `path`. */
  async function isReachable(path: string): Promise<boolean> {
    const socket = connect(path)
    const reached = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => {
        resolve(true)
      })
      socket.once("error", () => {
        resolve(false)
      })
    })
    socket.destroy()
    return reached
  }

  async function listening(path: string): Promise<Server> {
    const server = createServer((socket) => socket.destroy()).listen(path)
    use({ close: () => server.close() })
    await once(server, "listening")
    return server
  }

  /** Leaves a stale socket file at `path`. */
  async function abandon(path: string): Promise<void> {
    const elsewhere = `${path}-`
    const server = createServer().listen(elsewhere)
    await once(server, "listening")
    linkSync(elsewhere, path)
    server.close()
    await once(server, "close")
    expect(await isReachable(path)).to.equal(false)
  }

  describe("a path that several sockets bind at the same time", () => {
    for (const [what, prepare] of [
      ["with the file of a process that has ended", abandon],
      ["without a file", () => Promise.resolve()],
    ] as const) {
      it(`is bound by one, and in use for the others: ${what}`, async function () {
        if (process.platform === "win32") skip(this, "not on Windows")
        const path = folder.next()
        await prepare(path)
        const pulls = Array.from({ length: 8 }, () => use(new Pull()))
        const outcomes = await Promise.all(
          pulls.map((pull) =>
            pull.bind(`ipc://${path}`).then(
              () => undefined,
              (error: unknown) => (error as NodeJS.ErrnoException).code,
            ),
          ),
        )
        expect(outcomes.filter((code) => code === "EADDRINUSE")).to.have.length(7)
        await carries(pulls[outcomes.indexOf(undefined)]!)
        expect(readdirSync(folder.path)).to.deep.equal([basename(path)])
      })
    }
  })

  describe("in several processes", function () {
    this.timeout(60_000)

    before(function () {
      // Windows does not have local sockets with paths.
      if (process.platform === "win32") skip(this, "not on Windows")
    })

    class Binder {
      readonly #said: Record<string, unknown>[] = []
      #wake: () => void = () => undefined

      constructor(readonly child: ChildProcess) {
        child.on("message", (report) => {
          this.#said.push(report as Record<string, unknown>)
          this.#wake()
        })
        child.on("exit", () => {
          this.#wake()
        })
      }

      tell(order: Order): void {
        this.child.send(order)
      }

      async next(key: string): Promise<unknown> {
        for (;;) {
          const report = this.#said.shift()
          if (report !== undefined && key in report) return report[key]
          if (report !== undefined) continue
          if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error("It has ended")
          await new Promise<void>((resolve) => (this.#wake = resolve))
        }
      }

      close(): void {
        this.child.kill()
      }
    }

    async function start(count: number): Promise<Binder[]> {
      const program = new URL("ipc-binder.ts", import.meta.url)
      const binders = Array.from({ length: count }, () => use(new Binder(fork(program, { execArgv: [...TYPESCRIPT] }))))
      for (const binder of binders) await binder.next("ready")
      return binders
    }

    it("is bound by one if no process listens anymore, and in use for the others", async () => {
      const binders = await start(4)
      for (let round = 0; round < 10; round++) {
        const path = folder.next()
        await abandon(path)
        const at = Date.now() + 20
        for (const binder of binders) binder.tell({ order: "bind", path, at })
        const outcomes = await Promise.all(binders.map((binder) => binder.next("bound")))
        expect(outcomes.filter((code) => code === "EADDRINUSE")).to.have.length(3)
        const winner = binders[outcomes.indexOf(true)]!
        const push = use(new Push())
        push.connect(`ipc://${path}`)
        await push.send(`round ${round}`)
        expect(await winner.next("received")).to.equal(`round ${round}`)
        winner.tell({ order: "close" })
        await winner.next("closed")
        expect(existsSync(path)).to.equal(false)
      }
      expect(readdirSync(folder.path)).to.deep.equal([])
    })

    for (const order of ["close", "exit", "leave"] as const) {
      it(`does not affect a file with which another process has replaced its own, on ${order}`, async () => {
        const [binder] = await start(1)
        const path = folder.next()
        binder!.tell({ order: "bind", path, at: 0, receives: order !== "leave" })
        expect(await binder!.next("bound")).to.equal(true)
        unlinkSync(path)
        await listening(path)
        const { ino } = statSync(path)
        const gone = order === "close" ? binder!.next("closed") : once(binder!.child, "exit")
        binder!.tell({ order })
        await gone
        expect([statSync(path).ino, await isReachable(path)]).to.deep.equal([ino, true])
      })
    }

    for (const order of ["exit", "leave"] as const) {
      it(`removes the file of a process with an open socket, on ${order}`, async () => {
        const [binder] = await start(1)
        const path = folder.next()
        binder!.tell({ order: "bind", path, at: 0, receives: order !== "leave" })
        await binder!.next("bound")
        expect(existsSync(path)).to.equal(true)
        const gone = once(binder!.child, "exit")
        binder!.tell({ order })
        await gone
        expect(readdirSync(folder.path)).to.deep.equal([])
      })
    }
  })

  for (const [how, end] of [
    ["unbound", (pull: Pull, path: string) => pull.unbind(`ipc://${path}`)],
    [
      "closed",
      (pull: Pull) => {
        pull.close()
        return Promise.resolve()
      },
    ],
  ] as const) {
    it(`does not affect a file with which others have replaced its own when it is ${how}`, async function () {
      if (process.platform === "win32") skip(this, "not on Windows")
      const path = folder.next()
      const pull = use(new Pull())
      await pull.bind(`ipc://${path}`)
      unlinkSync(path)
      await listening(path)
      await end(pull, path)
      expect(await isReachable(path)).to.equal(true)
    })
  }

  it("is closed even if its directory was deleted or replaced by a file", async function () {
    if (process.platform === "win32") skip(this, "not on Windows")
    for (const replaced of [false, true]) {
      const inside = folder.next()
      mkdirSync(inside)
      const pull = use(new Pull())
      await pull.bind(`ipc://${inside}/socket`)
      rmSync(inside, { recursive: true })
      if (replaced) writeFileSync(inside, "")
      await pull.unbind(pull.lastEndpoint!)
      pull.close()
    }
  })

  it("rejects a path below a file, synchronously or not: ENOTDIR, with the endpoint", async function () {
    if (process.platform === "win32") skip(this, "not on Windows")
    const path = folder.next()
    writeFileSync(path, "")
    const address = `ipc://${path}/socket`
    expect(await caught(use(new Pull()).bind(address))).to.include({ code: "ENOTDIR", address })
    // Bun does not report the reason of a failed synchronous bind.
    expect(() => use(new Pull()).bindSync(address))
      .to.throw()
      .that.includes({ code: RUNTIME === "Bun" ? "EADDRINUSE" : "ENOTDIR", address })
  })

  it("removes its file even if the process has changed its working directory", async function () {
    if (process.platform === "win32") skip(this, "not on Windows")
    const home = process.cwd()
    use({ close: () => process.chdir(home) })
    mkdirSync(join(folder.path, "a"))
    process.chdir(join(folder.path, "a"))
    const pull = use(new Pull())
    await pull.bind("ipc://socket")
    expect(readdirSync(".")).to.deep.equal(["socket"])
    process.chdir("..")
    writeFileSync("socket", "precious")
    pull.close()
    expect([readdirSync("a"), existsSync("socket")]).to.deep.equal([[], true])
  })

  for (const [what, name] of [
    ["a path of 107 bytes whose last part is short", "s"],
    ["a name of several lines", "a\nb"],
  ] as const) {
    for (const how of ["bind", "bindSync"] as const) {
      it(`binds ${what}, once: ${how}`, async function () {
        if (process.platform !== "linux") skip(this, "Linux only")
        const deep = join(folder.path, "x".repeat(107 - folder.path.length - 2 - Buffer.byteLength(name)))
        mkdirSync(deep)
        const path = join(deep, name)
        const [pull, other] = [use(new Pull()), use(new Pull())]
        await pull[how](`ipc://${path}`)
        await carries(pull)
        expect(await caught((async () => other[how](`ipc://${path}`))())).to.include({ code: "EADDRINUSE" })
        await carries(pull)
        expect(readdirSync(deep)).to.deep.equal([name])
        pull.close()
        expect(readdirSync(deep)).to.deep.equal([])
      })
    }
  }

  describe("the lock of a process that replaces a file", () => {
    for (const how of ["bind", "bindSync"] as const) {
      it(`is respected by ${how} while it is new: EADDRINUSE`, async function () {
        if (process.platform !== "linux") skip(this, "Linux only")
        const path = folder.next()
        await abandon(path)
        writeFileSync(`${path}.zmtp-lock`, "")
        const pull = use(new Pull())
        expect(await caught((async () => pull[how](`ipc://${path}`))())).to.include({ code: "EADDRINUSE" })
        expect(readdirSync(folder.path).sort()).to.deep.equal([basename(path), `${basename(path)}.zmtp-lock`])
      })

      it(`is removed by ${how} when it is old, because its owner has ended`, async function () {
        if (process.platform !== "linux") skip(this, "Linux only")
        const path = folder.next()
        await abandon(path)
        writeFileSync(`${path}.zmtp-lock`, "")
        const before = new Date(Date.now() - 60_000)
        utimesSync(`${path}.zmtp-lock`, before, before)
        const pull = use(new Pull())
        await pull[how](`ipc://${path}`)
        await carries(pull)
        expect(readdirSync(folder.path)).to.deep.equal([basename(path)])
      })
    }
  })
})
