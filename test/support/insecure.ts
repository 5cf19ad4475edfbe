import type { NullSecurity } from "../../src/zmtp/handshake/security.js"

/** A socket without security. */
export const INSECURE: NullSecurity = { mechanism: "NULL" }
