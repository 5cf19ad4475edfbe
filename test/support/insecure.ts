import type { Security } from "../../src/zmtp/security.js"

const NONE = Buffer.alloc(0)

/** A socket without security. */
export const INSECURE: Security = {
  mechanism: "NULL",
  asServer: false,
  authenticates: false,
  username: NONE,
  password: NONE,
  publicKey: NONE,
  secretKey: NONE,
  serverKey: NONE,
}
