import { expect } from "chai"
import { createHash } from "node:crypto"
import { Pull, Push } from "../src/index.js"
import { libzmqPeers } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

const MEBIBYTE = 1024 * 1024
const SIZES = [0, 1, 255, 256, 65_535, 65_536, 64 * MEBIBYTE]
const BYTE = 0xa5

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}

describe("a message of any size between this library and libzmq", function () {
  this.timeout(30_000)
  const libzmq = libzmqPeers()
  afterEach(closeAll)

  for (const scheme of ["tcp://127.0.0.1:*", "ipc://*"]) {
    for (const size of SIZES) {
      it(`is received completely by libzmq: ${size.toLocaleString("en")} bytes over ${scheme.slice(0, 3)}`, async () => {
        const push = closing(new Push())
        await push.bind(scheme)
        const pull = await libzmq.socket("Pull")
        await pull.connect(push.lastEndpoint!)
        const body = Buffer.alloc(size, BYTE)
        await push.send([body, "end"])
        expect(await pull.digest()).to.deep.equal([
          [size, digest(body)],
          [3, digest(Buffer.from("end"))],
        ])
        await pull.close()
      })

      it(`is received completely by this library: ${size.toLocaleString("en")} bytes over ${scheme.slice(0, 3)}`, async () => {
        const pull = closing(new Pull())
        await pull.bind(scheme)
        const push = await libzmq.socket("Push")
        await push.connect(pull.lastEndpoint!)
        await push.fill(size, BYTE)
        const [body, ...rest] = await pull.receive()
        expect(rest).to.be.empty
        expect(body!.equals(Buffer.alloc(size, BYTE))).to.be.true
        await push.close()
      })
    }
  }
})
