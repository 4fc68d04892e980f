"""The cloud asked: previews of templates, live stacks and resource groups, drift. The only part that uses the network, and only when told to."""
