import * as zmtp from "../src/index.js"
import { CONVERSATIONS, localSide, remoteSide, type Local, type Side } from "./support/conversations.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing } from "./support/sockets.js"

describe("every pattern between this library and libzmq", () => {
  let libzmq: RemoteProcess

  before(async () => {
    libzmq = await RemoteProcess.start("libzmq")
  })
  after(() => libzmq.stop())
  afterEach(closeAll)

  for (const { types, options = [{}, {}], talk } of CONVERSATIONS) {
    for (const ours of types[0] === types[1] ? [0] : [0, 1]) {
      for (const address of ["tcp://127.0.0.1:*", "ipc://*"]) {
        for (const binder of ["zmtp", "libzmq"]) {
          const sides = types.map((type, side) => `${type} (${side === ours ? "zmtp" : "libzmq"})`)
          it(`transfers messages over ${address.slice(0, 3)}, bound by ${binder}: ${sides.join(" to ")}`, async () => {
            const Class = zmtp[types[ours] as keyof typeof zmtp] as unknown as new (options: object) => Local
            const local = closing(new Class({ ...options[ours]! }))
            const remote = await libzmq.socket(types[1 - ours]!, { ...options[1 - ours]! })
            if (binder === "zmtp") {
              await local.bind(address)
              await remote.connect(local.lastEndpoint!)
            } else local.connect(await remote.bind(address))
            const both: [Side, Side] = [localSide(local), remoteSide(remote)]
            if (ours === 1) both.reverse()
            await talk(...both)
            await remote.close()
          })
        }
      }
    }
  }
})
