import { expect } from "chai"
import { curveKeyPair, Pull, Push } from "../../../src/index.js"
import { nodePlatform } from "../../../src/platform/node/index.js"
import { addStreams } from "../../../src/platform/browser/streams.js"
import type { Feature } from "../../../src/platform/features.js"
import type { Platform } from "../../../src/platform/platform.js"
import { createContext, type Context } from "../../../src/sockets/context.js"
import { browserWs } from "../../../src/transports/ws/browser-ws.js"
import { closing } from "../../support/closing.js"
import { duplexPair, webPair } from "../../support/duplex-pair.js"
import { naclCrypto } from "../../support/nacl-crypto.js"
import { caught, texts } from "../../support/receiving.js"

/** The platform of a page, with only what `useWebSockets` and `useStreams` add. */
function page(): Platform {
  const platform = { ...nodePlatform, transports: new Map([["ws", browserWs("ws")]]), features: new Set<Feature>() }
  delete platform.streams
  return platform
}

const [server, client] = [curveKeyPair(), curveKeyPair()]
const KEYS = {
  server: { curveServer: true, curveSecretKey: server.secretKey },
  client: { curveServerKey: server.publicKey, curvePublicKey: client.publicKey, curveSecretKey: client.secretKey },
}

describe("streams in a page", () => {
  const use = closing()
  const context = (platform: Platform): Context => createContext(platform)

  it("are not supported without useStreams: ENOTSUP", () => {
    const own = context(page())
    const [near] = duplexPair()
    expect(() => use(new Push({ context: own })).attach(near))
      .to.throw()
      .that.includes({ code: "ENOTSUP", message: "Streams are not enabled on this platform: call useStreams() first" })
    expect(() => (own.transports = {}))
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
    expect(near.destroyed).to.equal(false)
  })

  it("are supported after useStreams, with heartbeats and PLAIN", async () => {
    const platform = page()
    addStreams(platform, undefined)
    const own = context(platform)
    const push = use(new Push({ context: own, heartbeatInterval: 1000, plainUsername: "a", plainPassword: "b" }))
    const pull = use(new Pull({ context: own, plainServer: true, authenticate: ({ username }) => username === "a" }))
    const [near, far] = webPair()
    await Promise.all([push.attach(near), pull.attach(far, { role: "accept" })])
    await push.send("hello")
    expect(await texts(pull, 1)).to.deep.equal(["hello"])
  })

  it("support CURVE only with a cryptographic library", async () => {
    const [bare, full] = [page(), page()]
    addStreams(bare, undefined)
    addStreams(full, naclCrypto)
    const [near, far] = webPair()
    const error = await caught(use(new Push({ ...KEYS.client, context: context(bare) })).attach(near))
    expect(error).to.include({ code: "ENOTSUP" })
    expect((error.cause as Error).message).to.equal(
      "CURVE requires a cryptographic library on this platform: call useStreams({ curve })",
    )
    const push = use(new Push({ ...KEYS.client, context: context(full) }))
    const pull = use(new Pull(KEYS.server))
    const [attachment] = await Promise.all([push.attach(near), pull.attach(far, { role: "accept" })])
    expect(attachment.peer!.mechanism).to.equal("CURVE")
  })

  it("do not enable CURVE over WebSocket: ENOTSUP", () => {
    const platform = page()
    addStreams(platform, naclCrypto)
    const push = use(new Push({ ...KEYS.client, context: context(platform) }))
    expect(() => {
      push.connect("ws://127.0.0.1:1")
    })
      .to.throw()
      .that.includes({ code: "ENOTSUP" })
  })
})
