import { expect } from "chai"
import { runExample } from "../support/example.js"

describe("examples/tls-client-certificates", function () {
  this.timeout(60_000)

  it("greets a client with a certificate by name, and rejects one without", async () => {
    const [answer, rejection, ...rest] = await runExample("tls-client-certificates")
    expect(answer).to.equal("Hello, alice")
    // The alert of TLS 1.3, which Bun names differently, may be overtaken by the end of the connection.
    expect(rejection).to.match(/^Rejected: (ERR_SSL_TLSV13?_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|EPIPE)$/)
    expect(rest).to.deep.equal([])
  })
})
