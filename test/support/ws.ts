import { createRequire } from "node:module"
import type * as ws from "ws"
import { fileURLToPath } from "node:url"

/** The package `ws`, imported by its path: under its name, Bun has its own version, which does not expose the opening handshake. */
export const { WebSocket, WebSocketServer } = createRequire(import.meta.url)(
  fileURLToPath(new URL("../../node_modules/ws/index.js", import.meta.url)),
) as typeof ws
