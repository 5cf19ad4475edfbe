import { expect } from "chai"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { curveKeyPair, Push } from "../../src/index.js"
import { UsageError } from "../../src/cli/command.js"
import { writeKeys } from "../../src/cli/key-files.js"
import { keyOf, secure, SECURITY } from "../../src/cli/security.js"
import { closing } from "../support/closing.js"
import { givenFor } from "../support/given.js"
import { thrown } from "../support/receiving.js"

/** The CURVE test keys from libzmq's documentation (zmq_curve(7)). */
const SERVER = {
  publicKey: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
  secretKey: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6",
}

describe("the security options of the command line", () => {
  const use = closing()
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), "zmtp-security-"))))
  after(() => {
    rmSync(folder, { recursive: true })
  })

  const secured = (...args: string[]): Push => {
    const socket = use(new Push())
    secure(socket, givenFor([SECURITY], args))
    return socket
  }

  const usageError = (...args: string[]): string => {
    const error = thrown(() => secured(...args))
    expect(error).to.be.instanceOf(UsageError)
    return error.message
  }

  it("leave a socket without security by default", () => {
    expect(secured().securityMechanism).to.equal(null)
  })

  it("make a PLAIN client", () => {
    const { securityMechanism, plainServer, plainUsername, plainPassword } = secured(
      "--plain-user",
      "u",
      "--plain-password",
      "p",
    )
    expect([securityMechanism, plainServer, plainUsername, plainPassword]).to.deep.equal(["plain", false, "u", "p"])
  })

  it("make a PLAIN server that accepts one user", async () => {
    const password = join(folder, "password")
    writeFileSync(password, "secret\nmore\n")
    const { plainServer, authenticate } = secured(
      "--plain-server",
      "--plain-user",
      "u",
      "--plain-password-file",
      password,
    )
    expect(plainServer).to.equal(true)
    const verdict = (username?: string, given?: string) => authenticate!({ username, password: given } as never)
    expect([
      await verdict("u", "secret"),
      await verdict("u", "other"),
      await verdict("x", "secret"),
      await verdict(),
    ]).to.deep.equal([true, false, false, false])
  })

  it("require a user and a password for PLAIN", () => {
    const message = "PLAIN needs --plain-user, and --plain-password or --plain-password-file"
    expect(usageError("--plain-user", "u")).to.equal(message)
    expect(usageError("--plain-password", "p")).to.equal(message)
    expect(usageError("--plain-server")).to.equal(message)
  })

  it("make a CURVE client, with a temporary key unless one is given", () => {
    const temporary = secured("--curve-server-key", SERVER.publicKey)
    expect([temporary.curveServerKey, temporary.securityMechanism]).to.deep.equal([SERVER.publicKey, "curve"])
    expect(temporary.curveSecretKey).not.to.equal(secured("--curve-server-key", SERVER.publicKey).curveSecretKey)
    const client = curveKeyPair()
    const known = secured(`--curve-server-key=${SERVER.publicKey}`, `--curve-secret=${client.secretKey}`)
    expect([known.curveSecretKey, known.curvePublicKey]).to.deep.equal([client.secretKey, client.publicKey])
  })

  it("make a CURVE server, with the public key that belongs to its secret key", () => {
    const { curveServer, curvePublicKey, curveSecretKey } = secured(
      "--curve-server",
      `--curve-secret=${SERVER.secretKey}`,
    )
    expect([curveServer, curvePublicKey, curveSecretKey]).to.deep.equal([true, SERVER.publicKey, SERVER.secretKey])
  })

  it("read keys from the files of zmtp keygen", () => {
    const path = join(folder, "keys")
    writeKeys(path, SERVER)
    expect([keyOf(path, "publicKey"), keyOf(`${path}_secret`, "secretKey")]).to.deep.equal([
      SERVER.publicKey,
      SERVER.secretKey,
    ])
    expect(thrown(() => keyOf(path, "secretKey")).message).to.equal(
      `No secret key in ${path}; did you mean ${path}_secret?`,
    )
  })

  it("reject invalid keys, without printing secret ones", () => {
    const wrong = "~".repeat(40)
    expect(thrown(() => keyOf(wrong, "publicKey")).message).to.include(`Invalid public key '${wrong}': `)
    const message = thrown(() => keyOf(wrong, "secretKey")).message
    expect(message)
      .to.match(/^Invalid secret key: /)
      .and.not.include(wrong)
  })

  it("require options of CURVE that belong together", () => {
    expect(usageError(`--curve-secret=${SERVER.secretKey}`)).to.include("CURVE needs --curve-server")
    expect(usageError("--curve-server")).to.be.a("string")
  })

  it("require the certificate of a server together with its key, and files that exist", () => {
    expect(usageError("--tls-cert", join(folder, "keys"))).to.equal("--tls-cert and --tls-key must be used together")
    expect(usageError("--tls-ca", join(folder, "missing"))).to.include("--tls-ca")
  })
})
