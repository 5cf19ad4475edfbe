import { expect } from "chai"
import { writeFileSync } from "node:fs"
import { Cli } from "../support/cli.js"
import { closing } from "../support/closing.js"
import { SocketFolder } from "../support/endpoints.js"

/** Local sockets under another scheme, so that peers in other processes can connect. */
const MODULE = `
import { connect, createServer } from "node:net"
export default {
  file: {
    connect: (path) => new Promise((resolve, reject) => {
      const stream = connect(path, () => resolve(stream)).once("error", reject)
    }),
    bind: (path, listener) => new Promise((resolve, reject) => {
      const server = createServer((stream) => listener.accept(stream)).once("error", reject)
      server.listen(path, () => resolve({ close: () => server.close() }))
    }),
  },
}`

describe("zmtp --transport", () => {
  const open = closing()
  let folder: SocketFolder
  let module: string

  beforeEach(() => {
    folder = open(new SocketFolder())
    module = `${folder.path}/file.mjs`
    writeFileSync(module, MODULE)
  })

  it("binds and connects the endpoints of a transport that a module exports", async () => {
    const endpoint = `file://${folder.next()}`
    const pull = open(new Cli("pull", "--transport", module, "--bind", endpoint, "--count", "2"))
    const push = Cli.run(["push", "--transport", module, "--connect", endpoint, "--quiet"], "a\nb\n")
    expect(await pull.end()).to.deep.equal({ code: 0, stdout: "a\nb\n", stderr: "" })
    expect(await push).to.deep.equal({ code: 0, stdout: "", stderr: "" })
  })

  it("uses the transport in a proxy, too", async () => {
    const [front, back] = [`file://${folder.next()}`, `file://${folder.next()}`]
    open(new Cli("proxy", "streamer", "--transport", module, "--front", front, "--back", back))
    const pull = open(new Cli("pull", "--transport", module, "--connect", back, "--count", "1"))
    const push = Cli.run(["push", "--transport", module, "--connect", front, "hello"])
    expect((await pull.end()).stdout).to.equal("hello\n")
    expect((await push).code).to.equal(0)
  })

  it("prints process warnings like its own errors", async () => {
    writeFileSync(module, `process.emitWarning("nobody is there", { code: "CODE", detail: "more" })\n${MODULE}`)
    const push = await Cli.run(["push", "--transport", module, "--connect", "file:///x", "--linger", "0"], "")
    expect([push.code, push.stdout]).to.deep.equal([0, ""])
    expect(push.stderr).to.match(/^zmtp: nobody is there\n(zmtp: file:.*\n)?$/)
  })

  it("reports invalid modules: exit code 2", async () => {
    const run = async (module: string): Promise<string> => {
      const { code, stderr } = await Cli.run(["pull", "--transport", module, "--bind", "file:///x"])
      expect(code).to.equal(2)
      return stderr
    }
    expect(await run("./not-there.mjs")).to.include("--transport ./not-there.mjs: Cannot find module")
    const written = (name: string, text: string): string => {
      writeFileSync(`${folder.path}/${name}`, text)
      return `${folder.path}/${name}`
    }
    expect(await run(written("number.mjs", "export default 1"))).to.include(
      "expected the default export to be an object",
    )
    expect(await run(written("empty.cjs", "module.exports = { ssh: {} }"))).to.include(
      'Invalid transport for ssh://: expected a function "connect" or "bind"',
    )
    expect(await run(written("own.cjs", "module.exports = { SSH: {} }"))).to.include('Invalid scheme "SSH"')
  })
})
