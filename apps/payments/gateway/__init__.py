"""The edge towards the payment providers.

`port` is what a provider is asked, `adapter` what else its folder has to offer, `registry` which ones are set up, and
`provider` how they are called. Each folder in here is one provider; how another one is added says
docs/second-provider.md.
"""
