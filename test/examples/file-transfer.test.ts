import { expect } from "chai"
import { createHash, randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { libzmqPeers } from "../../interop/support/remote.js"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"

const CHUNK = 64 * 1024

describe("examples/file-transfer", function () {
  this.timeout(60_000)
  const open = closing()
  const libzmq = libzmqPeers()
  let folder: ExampleFolder
  let endpoint: string

  beforeEach(async () => {
    folder = open(new ExampleFolder("file-transfer"))
    mkdirSync(`${folder.path}/files`)
    const server = open(folder.start("server.js", ["files", "tcp://127.0.0.1:*"]))
    endpoint = (await server.says(/ at (\S+)$/m, "stdout"))[1]!
  })

  for (const [size, title] of [
    [5_000_001, "of many chunks"],
    [CHUNK * 20, "of whole chunks"],
    [0, "that is empty"],
  ] as const) {
    it(`fetches a file ${title}`, async () => {
      const bytes = randomBytes(size)
      writeFileSync(`${folder.path}/files/data`, bytes)
      const client = open(folder.start("client.js", ["data", "copy", endpoint]))
      expect(await client.end()).to.deep.equal({ code: 0, stdout: `copy: ${size} bytes\n`, stderr: "" })
      const hash = (data: Buffer): string => createHash("sha256").update(data).digest("hex")
      expect(hash(readFileSync(`${folder.path}/copy`))).to.equal(hash(bytes))
    })
  }

  it("reports why a file cannot be transferred", async () => {
    for (const [name, reason] of [
      ["../package.json", 'Invalid file name "../package.json"'],
      ["nothing", "ENOENT"],
    ] as const) {
      const { code, stderr } = await open(folder.start("client.js", [name, "copy", endpoint])).end()
      expect(code).to.equal(1)
      expect(stderr).to.include(reason)
    }
  })

  it("sends libzmq as many chunks as it has requested, and no more", async () => {
    writeFileSync(`${folder.path}/files/text`, "abcdefgh")
    const dealer = await libzmq.socket("Dealer")
    await dealer.connect(endpoint)
    for (const offset of ["0", "3", "6"]) await dealer.send(offset, "3", "text")
    const chunks = [await dealer.receive(), await dealer.receive(), await dealer.receive()]
    expect(chunks).to.deep.equal([
      ["0", "abc"],
      ["3", "def"],
      ["6", "gh"],
    ])
    await dealer.send("0", String(CHUNK + 1), "text")
    expect(await dealer.receive()).to.deep.equal(["error", `Invalid range: ${CHUNK + 1} bytes at 0`])
  })
})
