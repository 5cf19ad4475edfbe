import { expect } from "chai"
import { spawnSync } from "node:child_process"
import { existsSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Pull, Push } from "../../../src/index.js"
import { closing } from "../../support/closing.js"
import { SocketFolder } from "../../support/endpoints.js"
import { caught, texts } from "../../support/receiving.js"

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

  it("SHALL remove its file when unbound, and when closed", async () => {
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

  it("SHALL replace the file of a process that is gone", async () => {
    const path = folder.next()
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`
    spawnSync(process.execPath, ["-e", script])
    expect(statSync(path).isSocket()).to.equal(true)
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    await carries(pull)
  })

  it("SHALL replace it at once where Linux tells that nobody listens, and only then: EADDRINUSE", function () {
    if (process.platform !== "linux") this.skip()
    const path = folder.next()
    const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`
    spawnSync(process.execPath, ["-e", script])
    use(new Pull()).bindSync(`ipc://${path}`)
    expect(() => use(new Pull()).bindSync(`ipc://${path}`))
      .to.throw()
      .that.includes({ code: "EADDRINUSE", address: `ipc://${path}` })
  })

  it("SHALL not replace a file that is no socket: EADDRINUSE", async () => {
    const path = folder.next()
    writeFileSync(path, "precious")
    expect(await caught(use(new Pull()).bind(`ipc://${path}`))).to.include({
      code: "EADDRINUSE",
      address: `ipc://${path}`,
    })
    expect(statSync(path).size).to.equal(8)
  })

  it("SHALL bind a path of its own for *, each time another, and remove its folder", async () => {
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

  it("SHALL refuse a path whose folder is missing, at once or not: ENOENT, as libzmq says", async () => {
    const address = `ipc://${folder.next()}/socket`
    const expected = { code: "ENOENT", errno: 2, address, message: "No such endpoint" }
    expect(await caught(use(new Pull()).bind(address))).to.include(expected)
    expect(() => use(new Pull()).bindSync(address))
      .to.throw()
      .that.includes(expected)
  })

  it("SHALL refuse a path of over 107 bytes, bound or connected: ENAMETOOLONG", async () => {
    const address = `ipc:///${"\u00e9".repeat(53)}x`
    const expected = { code: "ENAMETOOLONG", errno: 36, address }
    expect(await caught(use(new Pull()).bind(address))).to.include(expected)
    expect(() => use(new Pull()).connect(address))
      .to.throw()
      .that.includes(expected)
  })

  it("SHALL take a path of 107 bytes", async () => {
    const path = join(folder.path, "x".repeat(107 - folder.path.length - 1))
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    await carries(pull)
  })

  it("SHALL keep trying until the folder is there", async () => {
    const path = folder.next()
    const push = use(new Push({ reconnectInterval: 1 }))
    push.connect(`ipc://${path}`)
    await push.send("hello")
    const pull = use(new Pull())
    await pull.bind(`ipc://${path}`)
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("SHALL refuse an empty abstract name: EINVAL", async () => {
    expect(await caught(use(new Pull()).bind("ipc://@"))).to.include({ code: "EINVAL", address: "ipc://@" })
  })

  it("SHALL bind abstract names, in use only once: EADDRINUSE", async function () {
    if (process.platform !== "linux") this.skip()
    const address = `ipc://@zmtp-test-${process.pid}`
    const pull = use(new Pull())
    await pull.bind(address)
    await carries(pull)
    expect(await caught(use(new Pull()).bind(address))).to.include({ code: "EADDRINUSE" })
  })
})
