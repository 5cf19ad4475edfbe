import * as zmq from "../../../src/index.js"
import { transportCompliance } from "../../../src/testing.js"
import { freeTcp, freeWs, SocketFolder } from "../../support/endpoints.js"

/** Like other suites with I/O threads, this one is run by `npm run test:io`. */
describe("transports in I/O threads", () => {
  const folder = new SocketFolder()
  after(() => folder.close())

  for (const threads of [1, 2]) {
    const options = { context: new zmq.Context({ dedicatedIoThreads: threads }) }
    for (const [name, endpoint] of [
      ["tcp", freeTcp],
      ["ipc", () => `ipc://${folder.next()}`],
      ["ws", freeWs],
    ] as const) {
      describe(`${name}, ${threads === 1 ? "one thread" : "two threads"}`, () => {
        for (const { name, run } of transportCompliance({ zmq, options, endpoint })) it(name, run)
      })
    }
  }
})
