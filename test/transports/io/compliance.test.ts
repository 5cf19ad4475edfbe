import * as zmq from "../../../src/index.js"
import { transportCompliance } from "../../../src/testing.js"
import { CERTIFICATE, KEY } from "../../support/certificate.js"
import { freeTcp, freeWs, SocketFolder } from "../../support/endpoints.js"

/** Options for both sides of TLS. Each socket uses those that apply to it. */
const TLS = {
  wssKeyPem: KEY,
  wssCertPem: CERTIFICATE,
  wssTrustPem: CERTIFICATE,
  wssHostname: "localhost",
}

/** Like other suites with I/O threads, this one also runs in `npm run test:io`. */
describe("transports in I/O threads", () => {
  const folder = new SocketFolder()
  after(() => folder.close())

  for (const threads of [1, 2]) {
    const context = new zmq.Context({ dedicatedIoThreads: threads })
    for (const [name, endpoint, others = {}] of [
      ["tcp", freeTcp],
      ["ipc", () => `ipc://${folder.next()}`],
      ["ws", freeWs],
      ["wss", async () => (await freeWs()).replace("ws:", "wss:"), TLS],
    ] as const) {
      const options = { context, ...others }
      describe(`${name}, ${threads === 1 ? "one thread" : "two threads"}`, () => {
        for (const { name, run } of transportCompliance({ zmq, options, endpoint })) it(name, run)
      })
    }
  }
})
