"""The mailbox of a development machine: every mail lands in a folder, and a page shows them.

Made here because what exists shows the text of a mail without links, and the links are what our
mails are about. The words are for developers, so they are not translated.
"""
