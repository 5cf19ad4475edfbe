import {
  createEngine,
  createWebSocketEngine,
  FrameDecoder,
  LimitError,
  loadCurve,
  ProtocolError,
  type CurveCrypto,
  type Engine,
  type EngineState,
  type Security,
  type Verdict,
} from "zmtp/protocol"

const engine: Engine = createEngine({ socketType: "DEALER" })
const state: EngineState = engine.state
const message: Uint8Array[] | undefined = engine.read()
const pieces: Uint8Array[] = engine.drain()
engine.write([new Uint8Array(1)])
engine.write([Buffer.from("x")])
engine.heartbeats?.ping(1000)
void [state, message, pieces]

// @ts-expect-error -- socket types have their names on the wire
createEngine({ socketType: "Dealer" })
// @ts-expect-error -- the socket type is required
createEngine({})
// @ts-expect-error -- frames are bytes
engine.write(["x"])
// @ts-expect-error -- the state is read-only
engine.state = "traffic"

const plain: Security = { mechanism: "PLAIN", asServer: true }
createWebSocketEngine("ZWS2.0/PLAIN", { socketType: "PULL", security: plain })
// @ts-expect-error -- a client requires a name and a password
const nameless: Security = { mechanism: "PLAIN", asServer: false }

async function curve(): Promise<void> {
  const crypto: CurveCrypto = await loadCurve()
  const { publicKey, secretKey } = crypto.keyPair()
  createEngine({
    socketType: "PUSH",
    routingId: publicKey,
    maxMessageSize: 1024,
    security: { mechanism: "CURVE", asServer: false, publicKey, secretKey, serverKey: publicKey, crypto },
  })
  // @ts-expect-error -- CURVE requires its cryptography
  createEngine({ socketType: "PUSH", security: { mechanism: "CURVE", asServer: true, secretKey } })
}

const verdict: Verdict = { status: 200, userId: "", metadata: new Map() }
engine.verdictRequest?.resolve(verdict)
// @ts-expect-error -- not a status of RFC 27
engine.verdictRequest?.resolve({ ...verdict, status: 201 })

function limitOf(error: unknown): string | undefined {
  return error instanceof LimitError ? error.limit : error instanceof ProtocolError ? error.code : undefined
}
void [nameless, curve, limitOf, new FrameDecoder().flags]
