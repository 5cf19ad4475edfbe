import { expect } from "chai"
import { runExample } from "../support/example.js"

describe("examples/tls-client-certificates", function () {
  this.timeout(60_000)

  it("greets a client with a certificate by name, and rejects one without", async () => {
    const [answer, rejection, ...rest] = await runExample("tls-client-certificates")
    expect(answer).to.equal("Hello, alice")
    // The connection may end before the TLS 1.3 alert arrives. Bun has another name for the alert.
    expect(rejection).to.match(/^Rejected: (ERR_SSL_TLSV13?_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|EPIPE)$/)
    expect(rest).to.deep.equal([])
  })
})
