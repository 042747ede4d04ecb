/** Who gets the mails, out of what the kernel's get_maintainer.pl says. Pure. */
export interface Recipient {
  /** `Name <address>`, or a list's bare address. */
  readonly who: string;
  /** `maintainer:BPF [CORE]`, as the script has it: what a person decides by. */
  readonly role: string;
  readonly header: 'To' | 'Cc';
}

/**
 * One a line, with the role in parentheses, which may hold some themselves. Who maintains is asked, others are told.
 */
export function parseRecipients(output: string): Recipient[] {
  const found = output.split('\n').flatMap((line): Recipient[] => {
    const [, who = '', role = ''] = /^(.*<[^>]+>|\S+@\S+) \((.*)\)$/.exec(line) ?? [];
    if (who === '') return [];
    return [{ who, role, header: /^(?:maintainer|supporter):/.test(role) ? 'To' : 'Cc' }];
  });
  // a mail needs a To:
  return found.some(({ header }) => header === 'To') ? found : found.map((one) => ({ ...one, header: 'To' }));
}

export function addressOf(who: string): string {
  return (/<([^>]+)>$/.exec(who)?.[1] ?? who).toLowerCase();
}

/** Without those that a person left out, and the addresses among them that nobody has. */
export function leaveOut(
  recipients: readonly Recipient[],
  addresses: readonly string[],
): { readonly left: readonly Recipient[]; readonly unknown: readonly string[] } {
  const known = new Set(recipients.map(({ who }) => addressOf(who)));
  const out = new Set(addresses.map(addressOf));
  return {
    left: recipients.filter(({ who }) => !out.has(addressOf(who))),
    unknown: [...out].filter((address) => !known.has(address)),
  };
}

export function formatRecipients(recipients: readonly Recipient[]): string[] {
  return recipients.map(({ header, who, role }) => `${header}: ${who} (${role})`);
}
