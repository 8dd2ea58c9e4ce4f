# Windows by unfolding twice, summed by einsum; the gradients of x, w and b are those of conv2d.
import torch
import torch.nn.functional as F

x = torch.arange(50.0).reshape(1, 2, 5, 5).requires_grad_()
w = torch.arange(-18.0, 18.0).reshape(2, 2, 3, 3).requires_grad_()
b = torch.tensor([0.5, -0.5]).requires_grad_()

windows = x.unfold(2, 3, 1).unfold(3, 3, 1)
print(*windows.shape)
y = torch.einsum("nchwrs,kcrs->nkhw", windows, w) + b[:, None, None]
expected = F.conv2d(x, w, b)
print(y.detach())
print(torch.allclose(y, expected))

g = torch.arange(18.0).reshape(1, 2, 3, 3)
ours = torch.autograd.grad(y, [x, w, b], g)
theirs = torch.autograd.grad(expected, [x, w, b], g)
for a, c in zip(ours, theirs):
    print(a)
    print(torch.allclose(a, c))
