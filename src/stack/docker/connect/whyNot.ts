import { userInfo } from 'node:os';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';
import type { Endpoint } from './findEndpoints.ts';

/**
 * Why a connection to an endpoint failed, as the second half of a sentence, from what Node threw; `lateAfterMs` where
 * it was ended because it took so long.
 */
export function whyNot(error: unknown, endpoint: Endpoint, lateAfterMs?: number): WorkbenchError {
  const { target } = endpoint;
  if (lateAfterMs !== undefined) {
    const seconds = lateAfterMs / 1000;
    return new WorkbenchError('timeout', `it did not answer within ${seconds} s`, { cause: error });
  }
  const code = systemErrorCode(error) ?? '';
  if (['EACCES', 'EPERM'].includes(code)) {
    return new WorkbenchError('denied', denied(endpoint), { cause: error });
  }
  const why =
    (target.kind === 'socket' ? socketFaults[code] : undefined) ??
    (target.kind === 'tcp' && target.tls ? tlsFault(code, error, target.tls.folder) : undefined) ??
    networkFaults[code] ??
    (code.startsWith('HPE_')
      ? 'what answers there does not speak HTTP, so it is not a Docker engine'
      : undefined) ??
    `the connection failed: ${describeError(error)}`;
  return new WorkbenchError('unreachable', why, { cause: error });
}

function denied({ target, owner }: Endpoint): string {
  if (target.kind !== 'socket') return 'this system forbids the connection';
  if (process.platform === 'win32') return 'permission denied: run as a member of the group docker-users';
  if (owner === 'Podman') return 'permission denied: it is the engine of root';
  return `permission denied: put ${userName()} into the group docker (sudo usermod -aG docker ${userName()}), then log in again`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in containers.
    return String(process.getuid?.() ?? 'this user');
  }
}

const socketFaults: Record<string, string> = {
  ENOENT: 'there is no such socket',
  ENOTDIR: 'there is no such socket',
  ECONNREFUSED: 'the socket is left over, no engine listens on it: start the engine',
  ENAMETOOLONG: 'the path is too long for a socket',
};

const networkFaults: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection without an answer',
  EPIPE: 'it closed the connection without an answer',
  ETIMEDOUT: 'the connection timed out',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name does not resolve',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the host',
};

function tlsFault(code: string, error: unknown, folder: string): string | undefined {
  const text = describeError(error);
  const ca =
    folder === '' ? 'a certificate authority that is known here' : `the authority in ${folder}/ca.pem`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet: compare the clocks';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is for another name (${/is not .*?: (.*)$/.exec(text)?.[1] ?? text})`;
  }
  if (
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'].includes(
      code,
    ) ||
    ['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_SIGNATURE_FAILURE'].includes(
      code,
    )
  ) {
    return `its certificate is not signed by ${ca}`;
  }
  if (/wrong version number|packet length too long|WRONG_VERSION_NUMBER/i.test(`${code} ${text}`)) {
    return 'it does not speak TLS: unset DOCKER_TLS_VERIFY, or use its TLS port (2376)';
  }
  if (
    /alert (certificate required|bad certificate|unknown ca|certificate unknown|certificate expired)/i.test(
      text,
    )
  ) {
    return `it refuses our certificate (${folder === '' ? 'there is none' : `${folder}/cert.pem`})`;
  }
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return `${folder}/cert.pem and key.pem do not belong together`;
  if (code.startsWith('ERR_OSSL')) return `the certificates in ${folder} cannot be read: ${text}`;
  if (['ECONNRESET', 'EPIPE'].includes(code)) {
    return 'it closed the connection during the TLS handshake; it may want another client certificate';
  }
  return undefined;
}
