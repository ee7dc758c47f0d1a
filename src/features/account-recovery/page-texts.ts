/** The texts of the pages that links in mails open, in each language. Readers of other languages get English. */

const en = {
  reset: 'Set a new password',
  setPassword: 'Set password',
  changed: 'Your password was changed. Log in with the new password.',
  verify: 'Confirm your e-mail address',
  about: 'Press the button to confirm the address that received our e-mail.',
  confirm: 'Confirm address',
  confirmed: 'Your e-mail address is confirmed.',
  change: 'Confirm your new e-mail address',
  aboutChange: 'Press the button to use the address that received our e-mail for your account.',
  emailChanged: 'Your e-mail address was changed. Log in with the new one.',
  restore: 'Set your e-mail address back',
  aboutRestore:
    'If you did not change the address, press the button to set it back. Everyone is logged out, the ' +
    'password becomes invalid, and we send you a link to choose a new one.',
  setBack: 'It was not me: set it back',
  restored: 'Your address is back. We have sent you a link to choose a new password.',
  restoreAccount: 'Restore your account',
  aboutRestoreAccount:
    'Press the button to get your account back, with its username and the password that it had.',
  accountRestored: 'Your account is back. Log in with your password.',
  endSession: 'End a session',
  aboutSession:
    'If you did not log in, press the button to end that session. To log everyone out, choose a new password.',
  alsoReset: 'Send me a link to choose a new password',
  wasNotMe: 'It was not me: end the session',
  sessionEnded:
    'The session has ended. If you asked for a link to choose a new password, we have sent it.',
  username: 'Username (you can change it now)',
  usernameForm: 'Letters, digits and _ . -',
  email: 'Your e-mail address (optional: helps your browser to save the password)',
  password: 'New password',
  wait: 'Please wait …',
  unreachable: 'The server cannot be reached. Check your connection and try again.',
  // In place of the problem's text, which mentions a token: the reader of a mail sees only a link.
  expired: 'This link has expired or was already used. Request a new one.',
  // When the link was used, perhaps by an attempt of this page whose response was lost.
  unsure: 'Your first attempt may have worked: try to log in. If that fails, request a new link.',
  next: 'Continue to {product}',
  // The text for a problem, by its code. Without one, the page shows the problem's own text.
  problems: {
    email_taken: 'This address has another account. Give that account another address first.',
  } as Readonly<Record<string, string>>,
}

export type PageTexts = Readonly<typeof en>

const de: PageTexts = {
  reset: 'Neues Passwort festlegen',
  setPassword: 'Passwort festlegen',
  changed: 'Ihr Passwort wurde geändert. Melden Sie sich mit dem neuen Passwort an.',
  verify: 'E-Mail-Adresse bestätigen',
  about:
    'Klicken Sie auf die Schaltfläche, um die Adresse zu bestätigen, an die unsere E-Mail ging.',
  confirm: 'Adresse bestätigen',
  confirmed: 'Ihre E-Mail-Adresse ist bestätigt.',
  change: 'Neue E-Mail-Adresse bestätigen',
  aboutChange:
    'Mit der Schaltfläche verwenden Sie die Adresse, an die wir unsere E-Mail geschickt haben, für Ihr Konto.',
  emailChanged: 'Ihre E-Mail-Adresse wurde geändert. Melden Sie sich mit der neuen an.',
  restore: 'E-Mail-Adresse zurücksetzen',
  aboutRestore:
    'Sie haben die Adresse nicht geändert? Mit der Schaltfläche setzen Sie sie zurück. Alle werden abgemeldet, das ' +
    'Passwort wird ungültig, und wir schicken Ihnen einen Link, mit dem Sie ein neues festlegen.',
  setBack: 'Das war ich nicht: zurücksetzen',
  restored:
    'Ihre Adresse ist wieder eingetragen. Wir haben Ihnen einen Link geschickt, mit dem Sie ein neues Passwort ' +
    'festlegen.',
  restoreAccount: 'Konto wiederherstellen',
  aboutRestoreAccount:
    'Mit der Schaltfläche bekommen Sie Ihr Konto zurück, mit seinem Benutzernamen und dem Passwort, das es hatte.',
  accountRestored: 'Ihr Konto ist wiederhergestellt. Melden Sie sich mit Ihrem Passwort an.',
  endSession: 'Sitzung beenden',
  aboutSession:
    'Sie haben sich nicht angemeldet? Mit der Schaltfläche beenden Sie diese Sitzung. Um alle abzumelden, legen Sie ' +
    'ein neues Passwort fest.',
  alsoReset: 'Schicken Sie mir einen Link, mit dem ich ein neues Passwort festlege',
  wasNotMe: 'Das war ich nicht: Sitzung beenden',
  sessionEnded:
    'Die Sitzung ist beendet. Wenn Sie einen Link für ein neues Passwort wollten, haben wir ihn geschickt.',
  username: 'Benutzername (Sie können ihn jetzt ändern)',
  usernameForm: 'Buchstaben von a bis z, Ziffern und _ . -',
  email: 'Ihre E-Mail-Adresse (optional: hilft Ihrem Browser, das Passwort zu speichern)',
  password: 'Neues Passwort',
  wait: 'Bitte warten …',
  unreachable:
    'Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
  expired: 'Dieser Link ist abgelaufen oder wurde schon benutzt. Fordern Sie einen neuen an.',
  unsure:
    'Vielleicht hat es schon beim ersten Mal geklappt: Versuchen Sie, sich anzumelden. Wenn das nicht geht, ' +
    'fordern Sie einen neuen Link an.',
  next: 'Weiter zu {product}',
  problems: {
    password_refused:
      'Dieses Passwort ist zu kurz, zu lang oder zu leicht zu erraten. Wählen Sie ein anderes.',
    email_taken:
      'Diese Adresse hat ein anderes Konto. Geben Sie zuerst jenem Konto eine andere Adresse.',
    username_taken: 'Dieser Benutzername ist schon vergeben. Wählen Sie einen anderen.',
    validation_failed: 'Dieser Benutzername ist nicht erlaubt. Wählen Sie einen anderen.',
    too_many_requests: 'Zu viele Versuche. Warten Sie ein wenig und versuchen Sie es noch einmal.',
    overloaded: 'Der Server ist überlastet. Versuchen Sie es gleich noch einmal.',
    unavailable:
      'Der Dienst ist vorübergehend nicht verfügbar. Versuchen Sie es gleich noch einmal.',
  },
}

export const pageTexts: Readonly<Record<string, PageTexts>> = { en, de }
