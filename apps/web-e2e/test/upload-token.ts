import { createHmac } from 'node:crypto';

/** An upload token as a team's own server makes it: a JWT (RFC 7519) that is good for an hour. */
export function uploadToken(secret: string, owner: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { sub: owner, exp: Math.floor(Date.now() / 1000) + 3600 };
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}
