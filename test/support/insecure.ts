import type { NullSecurity } from "../../src/zmtp/security.js"

/** A socket without security. */
export const INSECURE: NullSecurity = { mechanism: "NULL" }
