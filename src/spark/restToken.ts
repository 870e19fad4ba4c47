import { createHmac } from 'node:crypto';

/**
 * A JSON Web Token (RFC 7519) signed with HMAC SHA-256 (RFC 7515, compact form), as Spark's JWSFilter asks for.
 * `key` is base64url, at least 32 bytes. It is valid for an hour, so that clocks may differ.
 */
export function signToken(key: string, nowMs: number = Date.now()): string {
  const issuedAt = Math.floor(nowMs / 1000);
  const head = encode(JSON.stringify({ alg: 'HS256', typ: 'JWT' }));
  const claims = encode(JSON.stringify({ iss: 'medallion', iat: issuedAt, exp: issuedAt + 3600 }));
  const signature = createHmac('sha256', Buffer.from(key, 'base64url')).update(`${head}.${claims}`).digest();
  return `${head}.${claims}.${signature.toString('base64url')}`;
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}
