/**
 * Where configurations, command lines and scripts have passwords: each pattern has what stands before the secret, and the
 * secret.
 */
const patterns: readonly RegExp[] = [
  // keepalived 2.4: `key 1 VALUE` in auth_hmac; a file's name is none.
  /(\bkey\s+\d{1,3}\s+["']?)(?!file:)(hex:[^\s"']+|[^\s"']{32,})/g,
  /(\b(?:auth_pass|auth_key|user\s+\S+\s+(?:insecure-)?password)\s+["']?)([^\s"']+)/gi,
  /(\bstats\s+auth\s+[^\s:]+:)(\S+)/gi,
  /(\b\w*(?:PASS(?:WORD|WD)?|SECRET|TOKEN|API_?KEY)\w*\s*[=:]\s*["']?)(?!\s|\/|\$|\{\{)([^\s"']+)/gi,
  /(\bsetenv\s+\w*(?:PASS|SECRET|TOKEN)\w*\s+["']?)([^\s"']+)/gi,
  /(\bAuthorization:?\s*["']?(?:Basic|Bearer)\s+)([^\s"']+)/gi,
  /((?:\s-u|\s--user)[\s=]+["']?[^\s:"']+:)([^\s"']+)/g,
  /(\w+:\/\/[^\s:/@]+:)([^\s@/]+)(?=@)/g,
  /(\s--?pass(?:word)?[\s=]+["']?)([^\s"']+)/gi,
];

/** The text with every password in it replaced by as many stars: columns stay right. */
export function withoutSecrets(text: string): string {
  if (!/pass|auth|secret|token|key|:\/\/|-u\b|--user/i.test(text)) return text;
  return patterns.reduce(
    (line, pattern) =>
      line.replaceAll(pattern, (all: string, before: string, secret: string) =>
        /^(PASS|AH|none|\$\{?\w+\}?|\{\{.*)$/.test(secret) ? all : `${before}${'*'.repeat(secret.length)}`,
      ),
    text,
  );
}
